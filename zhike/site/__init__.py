"""Settings, addresses, the server and the ``zhike`` command: wires everything, holds no logic."""
