/**
 * Runs clients and participants in other languages against the built jar: the programs in src/test/python and under
 * examples/participants. Nothing else belongs here.
 */
@NullMarked
package dev.entente.stories.foreign;

import org.jspecify.annotations.NullMarked;
