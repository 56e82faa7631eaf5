/** Scenarios of a demo: what they need, what they find, and how they are checked. */
@NullMarked
package dev.entente.lab.scenario;

import org.jspecify.annotations.NullMarked;
