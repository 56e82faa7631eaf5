/**
 * Calls to participants, and what all of them have in common: the call, its metadata, its signature, and how its
 * participant is configured. It must never decide what follows from an outcome. Open {@link
 * dev.entente.server.participant.Participants} first.
 */
@NullMarked
package dev.entente.server.participant;

import org.jspecify.annotations.NullMarked;
