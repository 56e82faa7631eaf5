/** Participants that are wired wrongly, called by a real coordinator that repeats its calls. */
@NullMarked
package dev.entente.stories.miswiring;

import org.jspecify.annotations.NullMarked;
