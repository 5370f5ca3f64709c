//! Charts: immersions of coordinate space and their derivatives.
