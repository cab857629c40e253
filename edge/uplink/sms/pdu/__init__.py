"""Text messages as octets (3GPP TS 23.038 and TS 23.040). Pure: no I/O, no clock.

One message is one PDU in either direction: nothing is split, put together or silently cut.
"""

from edge.uplink.sms.pdu.deliver import Delivered, deliver
from edge.uplink.sms.pdu.submit import VALID_MIN, Submit, fit, is_number, submit

__all__ = ["VALID_MIN", "Delivered", "Submit", "deliver", "fit", "is_number", "submit"]
