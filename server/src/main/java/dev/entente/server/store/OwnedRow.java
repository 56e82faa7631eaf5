package dev.entente.server.store;

/**
 * The gid and the rev of an owned row, without its content.
 *
 * @param rev as in {@link OpenRow}
 */
public record OwnedRow(String gid, long rev) {}
