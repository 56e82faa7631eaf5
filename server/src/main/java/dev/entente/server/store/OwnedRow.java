package dev.entente.server.store;

/**
 * That a row is owned, without what it holds.
 *
 * @param rev the fence, as in {@link OpenRow}
 */
public record OwnedRow(String gid, long rev) {}
