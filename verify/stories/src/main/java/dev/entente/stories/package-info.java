/**
 * Runs the coordinator, its participants and an embedded PostgreSQL on one machine, for demos and development. It may
 * use the server, the client SDK and the demo participants. It must never be part of the server's jar.
 *
 * <p>Read {@link dev.entente.stories.Stories} first.
 */
@NullMarked
package dev.entente.stories;

import org.jspecify.annotations.NullMarked;
