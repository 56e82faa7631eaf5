/**
 * The processes of a run on this machine: embedded PostgreSQL servers, coordinators, participants and clients, with
 * their ports, configuration files and folders. The modules sim, stories, torture and bench use it. It must never
 * decide whether a transaction went well.
 *
 * <p>Read {@link dev.entente.rig.Playground} first.
 */
@NullMarked
package dev.entente.rig;

import org.jspecify.annotations.NullMarked;
