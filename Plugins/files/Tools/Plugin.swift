import CInterlock
import InterlockKit

let plugin = Plugin(
    id: "dev.interlock.files", version: "1.0.0",
    tools: [
        FileRead(), FileList(), FileSearch(),
        FileWrite(), FileEditInsert(), FileEditReplaceString(), FileEditReplaceLines(),
        FileMove(), FileRemove(), FileMakeDirectory(),
    ])

/// The one exported function: see interlock.h.
@c(ilk_plugin_v1) public func entry(_ hostMinor: UInt32) -> UnsafePointer<ilk_plugin>? {
    plugin.descriptor(hostMinor)
}
