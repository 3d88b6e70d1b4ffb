"""Other runners of an agent's sibling tool calls, on the bench's workloads: peers.py PEER COLUMN DIRECTORY prints one JSON.

The model is scripted: its one message asks for all calls of a turn. What is measured is the time from that message to the
next time the model is asked, when all results are there. Tools write plainly: no temporary file, nothing forced to the disk.

    lost-sync, lost-async   of 100 edits of one file, how many are not there (the tool is a function; a coroutine)
    edits                   nanoseconds for 100 edits of 10 ms over 10 files
    reads, reads-alone      nanoseconds until 32 reads of 10 ms are done, behind 32 edits of another file; without them
    call-1, call-501        nanoseconds for so many trivial calls
"""

import asyncio
import importlib.metadata
import json
import sys
import time
from pathlib import Path

NAP = 0.010
reads_done = []


def touch(path: str) -> str:
    """Does nothing."""
    return ""


def append(path: str) -> str:
    """Makes a file one byte longer."""
    text = Path(path).read_text()
    time.sleep(NAP)
    Path(path).write_text(text + ".")
    return "ok"


async def append_async(path: str) -> str:
    """Makes a file one byte longer."""
    text = Path(path).read_text()
    await asyncio.sleep(NAP)
    Path(path).write_text(text + ".")
    return "ok"


def look(path: str) -> str:
    """Reads a file."""
    text = Path(path).read_text()
    time.sleep(NAP)
    reads_done.append(time.monotonic_ns())
    return text


TOOLS = [touch, append, append_async, look]


class Script:
    """A model that asks for `calls`, and then says that it is done."""

    def __init__(self, calls):
        self.calls = [(f"c{place}", tool, {"path": path}) for place, (tool, path) in enumerate(calls)]
        self.asked = self.answered = 0

    def turn(self):
        """The calls, the first time; None, the second."""
        if self.asked:
            self.answered = time.monotonic_ns()
            return None
        self.asked = time.monotonic_ns()
        return self.calls


async def langgraph(script):
    from langchain_core.messages import AIMessage
    from langchain_core.tools import StructuredTool
    from langgraph.graph import END, START, MessagesState, StateGraph
    from langgraph.prebuilt import ToolNode

    def tool(function):
        kind = "coroutine" if asyncio.iscoroutinefunction(function) else "func"
        return StructuredTool.from_function(**{kind: function})

    def model(state):
        calls = script.turn()
        if calls is None:
            return {"messages": [AIMessage("done")]}
        asked = [{"id": id, "name": name, "args": args, "type": "tool_call"} for id, name, args in calls]
        return {"messages": [AIMessage("", tool_calls=asked)]}

    graph = StateGraph(MessagesState)
    graph.add_node("model", model)
    graph.add_node("tools", ToolNode([tool(function) for function in TOOLS]))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", lambda state: "tools" if state["messages"][-1].tool_calls else END)
    graph.add_edge("tools", "model")
    app = graph.compile()
    if any(name == "append_async" for _, name, _ in script.calls):
        await app.ainvoke({"messages": [("user", "go")]})
    else:
        await asyncio.to_thread(app.invoke, {"messages": [("user", "go")]})


async def openai_agents(script):
    from agents import Agent, Model, ModelResponse, Runner, Usage, function_tool, set_tracing_disabled
    from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

    class Scripted(Model):
        async def get_response(self, *arguments, **named):
            calls = script.turn()
            if calls is None:
                text = ResponseOutputText(text="done", type="output_text", annotations=[])
                output = [
                    ResponseOutputMessage(id="m", content=[text], role="assistant", status="completed", type="message")
                ]
            else:
                output = [
                    ResponseFunctionToolCall(
                        id=id, call_id=id, name=name, arguments=json.dumps(args), type="function_call"
                    )
                    for id, name, args in calls
                ]
            return ModelResponse(output=output, usage=Usage(), response_id=None)

        def stream_response(self, *arguments, **named):
            raise NotImplementedError

    set_tracing_disabled(True)
    agent = Agent(name="bench", model=Scripted(), tools=[function_tool(function) for function in TOOLS])
    await Runner.run(agent, "go")


async def pydantic_ai(script):
    from pydantic_ai import Agent
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import FunctionModel

    def model(messages, info):
        calls = script.turn()
        if calls is None:
            return ModelResponse(parts=[TextPart("done")])
        return ModelResponse(parts=[ToolCallPart(name, args, tool_call_id=id) for id, name, args in calls])

    agent = Agent(FunctionModel(model))
    for function in TOOLS:
        agent.tool_plain(function)
    await agent.run("go")


async def strands(script):
    from strands import Agent, tool
    from strands.models import Model

    class Scripted(Model):
        def update_config(self, **named):
            pass

        def get_config(self):
            return {}

        async def structured_output(self, *arguments, **named):
            raise NotImplementedError
            yield

        async def stream(self, *arguments, **named):
            calls = script.turn()
            yield {"messageStart": {"role": "assistant"}}
            for id, name, args in calls or []:
                yield {"contentBlockStart": {"start": {"toolUse": {"name": name, "toolUseId": id}}}}
                yield {"contentBlockDelta": {"delta": {"toolUse": {"input": json.dumps(args)}}}}
                yield {"contentBlockStop": {}}
            if calls:
                script.asked = time.monotonic_ns()
                yield {"messageStop": {"stopReason": "tool_use"}}
            else:
                yield {"contentBlockStart": {"start": {}}}
                yield {"contentBlockDelta": {"delta": {"text": "done"}}}
                yield {"contentBlockStop": {}}
                yield {"messageStop": {"stopReason": "end_turn"}}

    agent = Agent(model=Scripted(), tools=[tool(function) for function in TOOLS], callback_handler=None)
    await agent.invoke_async("go")


PEERS = {
    "langgraph": ("langgraph", langgraph),
    "openai-agents": ("openai-agents", openai_agents),
    "pydantic-ai": ("pydantic-ai-slim", pydantic_ai),
    "strands": ("strands-agents", strands),
}


def play(run, calls):
    script = Script(calls)
    reads_done.clear()
    asyncio.run(run(script))
    if not script.answered:
        raise RuntimeError("the model was not asked again")
    return script


def figure(run, column, directory):
    def file(number):
        path = directory / f"{number}.txt"
        if not path.exists():
            path.write_text("")
        return str(path)

    if column.startswith("lost"):
        tool = "append_async" if column == "lost-async" else "append"
        play(run, [(tool, file(0))] * 100)
        return 100 - len(Path(file(0)).read_text())
    if column == "edits":
        script = play(run, [("append", file(place % 10)) for place in range(100)])
        return script.answered - script.asked
    if column in ("reads", "reads-alone"):
        edits = [("append", file(99))] if column == "reads" else []
        script = play(run, [call for place in range(32) for call in edits + [("look", file(place))]])
        if len(reads_done) != 32:
            raise RuntimeError(f"{len(reads_done)} of 32 reads were done")
        return max(reads_done) - script.asked
    script = play(run, [("touch", file(0))] * int(column.removeprefix("call-")))
    return script.answered - script.asked


def main():
    peer, column, directory = sys.argv[1:]
    package, run = PEERS[peer]
    try:
        version = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        print(json.dumps({"missing": f"{package} is not installed"}))
        return
    # What is loaded on the first run is not the runner's cost for a call.
    play(run, [("touch", "")])
    print(json.dumps({"version": version, "figure": figure(run, column, Path(directory))}))


main()
