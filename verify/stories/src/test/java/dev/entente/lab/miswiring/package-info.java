/** Participants that are wired wrongly, called by a real coordinator that repeats its calls. */
@NullMarked
package dev.entente.lab.miswiring;

import org.jspecify.annotations.NullMarked;
