"""The demonstration: real programs side by side, and a narrator who reads their output.

Nothing here reaches into the gateway. It starts a broker, the virtual home, the
gateway and the desk as processes of their own, and does with public commands
what an installer and a nurse would do.
"""
