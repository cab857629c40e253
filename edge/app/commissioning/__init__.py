"""Commissioning beside a running gateway: who listens, asks the box, waits and stores."""
