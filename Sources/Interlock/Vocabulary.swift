// What a program that imports Interlock sees of the rooms below it: the words that the public declarations here are made of.
// They are exported from where they are, and not wrapped, so that there is one `Call` and nothing to convert. Swift has no
// spelling for this without an underscore; named one by one, they are what the documentation shows, and nothing else is.

@_exported public import enum Calls.Arguments
@_exported public import struct Calls.Call
@_exported public import struct Calls.CallNumber
@_exported public import enum Calls.Enforcement
@_exported public import struct Calls.Event
@_exported public import enum Calls.LogLevel
@_exported public import enum Calls.Mode
@_exported public import struct Calls.Obstacle
@_exported public import struct Calls.Outcome
@_exported public import struct Calls.Tool
@_exported public import struct Calls.Turn
@_exported public import struct Calls.TurnNumber
@_exported public import struct Messages.MessageFailure
@_exported public import enum Messages.MessageFormat
@_exported public import enum Messages.MessageParser
@_exported public import struct Messages.ParsedTurn
@_exported public import enum Messages.ToolDefinitions
@_exported public import enum StrictJSON.JSON
@_exported public import struct StrictJSON.JSONNumber
@_exported public import struct StrictJSON.JSONObject
@_exported public import struct StrictJSON.JSONParser
@_exported public import enum Workspace.Durability
