/** Runs the client and participant in Python (src/test/python) against the built jar. Nothing else belongs here. */
@NullMarked
package dev.entente.lab.foreign;

import org.jspecify.annotations.NullMarked;
