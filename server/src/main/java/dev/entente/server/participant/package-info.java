/**
 * Calls to participants, and their common parts: the call, its metadata, its signature, and the settings of a
 * participant. This package must never decide what follows from an outcome. Read {@link
 * dev.entente.server.participant.Participants} first.
 */
@NullMarked
package dev.entente.server.participant;

import org.jspecify.annotations.NullMarked;
