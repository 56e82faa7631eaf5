/**
 * The processes of this machine: an embedded PostgreSQL, the coordinator and the shop's participants. It may use the
 * demo participants' names and the embedded PostgreSQL. It must never decide whether a transaction went well.
 *
 * <p>Open {@link dev.entente.lab.machine.Playground} first.
 */
@NullMarked
package dev.entente.lab.machine;

import org.jspecify.annotations.NullMarked;
