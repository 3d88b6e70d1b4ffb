import Foundation
import StrictJSON

/// One host after another in one workspace, each with a turn of random calls, some of them killed.
struct Worker: Sendable {
    let name: String
    let scene: Scene
    let side: Int
    let place: Playground
    let config: String
    static let files = 3

    private enum Asked {
        case edit([String])
        case read(String)
        case other
    }

    func work(rounds: Int, calls: Int, mayKill: Bool) throws -> History {
        var history = History()
        for round in 0..<rounds {
            let host = try HostProcess(place, workspace: scene.workspaces[side], config: config)
            var asked: [String: Asked] = [:]
            for number in 0..<calls {
                let id = "\(name).\(round).\(number)"
                asked[id] = ask(host, id)
            }
            let isKilled = mayKill && scene.survivesKills && Int.random(in: 0..<3) == 0
            if isKilled {
                // In the midst of its work, or before it has begun.
                if Bool.random(), let id = asked.keys.randomElement() { host.wait(for: id) { $0.started != nil } }
                usleep(.random(in: 0...20_000))
                host.kill()
            } else {
                host.finish()
                if host.status != 0 { history.faults.append("\(name): status \(host.status): \(host.errorText)") }
            }
            history.add(host: host.number, isKilled: isKilled)
            record(host, asked, in: &history)
        }
        return history
    }

    private func ask(_ host: HostProcess, _ id: String) -> Asked {
        let (one, other) = (Int.random(in: 0..<Self.files), Int.random(in: 0..<Self.files))
        let (first, second) = (scene.files(place, one), scene.files(place, other))
        let line = JSON.string(id)
        let path = JSON.string(first.names[side])
        switch Int.random(in: 0..<10) {
        case 0..<4:
            host.send(id, "journal_add", ["path": path, "line": line])
        case 4..<6 where one != other:
            host.send(id, "journal_pair", ["path": path, "other": .string(second.names[side]), "line": line])
            return .edit([first.file, second.file])
        case 6:
            host.send(id, "journal_read", ["path": path])
            return .read(first.file)
        case 7:
            host.send(id, "file_search", ["path": ".", "pattern": "1"])
            return .other
        default:
            host.send(id, "file_edit_insert", ["path": path, "content": .string(id + "\n")])
        }
        return .edit([first.file])
    }

    private func record(_ host: HostProcess, _ asked: [String: Asked], in history: inout History) {
        for (id, progress) in host.progress {
            history.addWaiting(progress)
            let isDone = progress.outcome == "succeeded"
            if let outcome = progress.outcome, !isDone { history.faults.append("\(id) \(outcome): \(progress.text)") }
            switch asked[id] {
            case .edit(let files):
                history.add(
                    History.Edit(line: id, files: files, sent: progress.sent, ended: isDone ? progress.ended : nil))
            case .read(let file) where isDone:
                history.add(History.Read(id: id, file: file, text: progress.text, sent: progress.sent))
            case .read, .other, nil: break
            }
        }
    }
}
