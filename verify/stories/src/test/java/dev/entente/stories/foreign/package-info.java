/**
 * Runs clients and participants in other languages against the built jar: the one in src/test/python, and those under
 * examples/participants. Nothing else belongs here.
 */
@NullMarked
package dev.entente.stories.foreign;

import org.jspecify.annotations.NullMarked;
