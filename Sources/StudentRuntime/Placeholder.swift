// StudentRuntime
