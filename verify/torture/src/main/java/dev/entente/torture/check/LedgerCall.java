package dev.entente.torture.check;

/**
 * One call as it arrived at a participant, whatever came of it.
 *
 * @param at milliseconds since the epoch, by the participant's clock
 * @param fence from 1 of whoever accepted the transaction; 0 where the caller gave none: a client that tries a branch
 *     itself
 * @param caller the coordinator that called, by the authority that it dialled; empty for anybody else
 * @param receipt what it carried of an earlier branch's answer; empty for nothing
 */
public record LedgerCall(
        String ledger,
        long at,
        String gid,
        String branch,
        String op,
        int attempt,
        long fence,
        String caller,
        String receipt) {
    /** Tells whether a coordinator called, and not a client that tries a branch itself. */
    public boolean isFromCoordinator() {
        return !caller.isEmpty();
    }
}
