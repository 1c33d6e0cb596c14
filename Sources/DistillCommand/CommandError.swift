import Exchange

/// What a command could not do.
typealias CommandError = RunError
