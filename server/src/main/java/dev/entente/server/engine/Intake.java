package dev.entente.server.engine;

/**
 * What those use who bring rows into memory.
 *
 * @param opening takes in claimed rows
 * @param memory how much is held, and for how much there is room
 * @param shares room for those that wait on different participants
 * @param strays takes in rows that are ours and in nobody's hands
 */
public record Intake(OpenMailboxes opening, Memory memory, ParticipantShares shares, Strays strays) {}
