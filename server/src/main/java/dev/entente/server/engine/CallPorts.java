package dev.entente.server.engine;

import dev.entente.server.participant.Participants;

/**
 * What the calls of a transaction in memory use.
 *
 * @param children has transactions accepted that are steps of others
 */
record CallPorts(Lease lease, Participants participants, ParticipantShares shares, Children children) {}
