"""What goes over the socket between a parent and a child that reads.

The child says ``READY`` once. The parent sends documents: ``HEAD``, a pickle, the body. The child
answers each in turn: ``LENGTH``, a pickle of the answer and of whether the child ends now. Both
sides are of one program, and the answers hold nothing but values made from what was read.
"""

import struct

#: Lengths in bytes of a document's pickle and of its body.
HEAD = struct.Struct("!II")
#: Length in bytes of an answer's pickle.
LENGTH = struct.Struct("!I")
READY = b"\n"
