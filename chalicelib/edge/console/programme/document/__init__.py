"""The programme's document as forms change it: fields, the pieces that they make, and the text that gets them."""
