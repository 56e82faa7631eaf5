/**
 * {@code ./entente crash}, and {@code demo --kills}: kill -9 under load, again and again. It may use the client SDK,
 * the machine, the shop's plans and the judge. It must never count a kill that hurt nothing.
 *
 * <p>Open {@link dev.entente.lab.crash.CrashCommand} first, then {@link dev.entente.lab.crash.CrashRun}.
 */
@NullMarked
package dev.entente.lab.crash;

import org.jspecify.annotations.NullMarked;
