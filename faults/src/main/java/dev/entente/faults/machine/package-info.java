/**
 * What a run consists of, and what can be done to it: coordinators, ledgers and PostgreSQL servers as processes, and a proxy on each line between them. It
 * may use the lab's machine room. It must never judge, and never decide when something breaks.
 *
 * <p>Open {@link dev.entente.faults.machine.Room} first.
 */
@NullMarked
package dev.entente.faults.machine;

import org.jspecify.annotations.NullMarked;
