/**
 * {@code demo --kills}: kill -9 under a scenario's load, again and again. It may use the client SDK, the rig and the
 * judge. It must never count a kill that hurt nothing.
 *
 * <p>Open {@link dev.entente.lab.crash.CrashLoad} first.
 */
@NullMarked
package dev.entente.lab.crash;

import org.jspecify.annotations.NullMarked;
