// InterlockKit
