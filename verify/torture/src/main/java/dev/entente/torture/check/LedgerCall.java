package dev.entente.torture.check;

/**
 * One call that arrived at a participant, regardless of its result.
 *
 * @param at milliseconds since the epoch, by the participant's clock
 * @param fence from 1 for the coordinator that accepted the transaction; 0 without a fence: a client that tries a
 *     branch itself
 * @param caller the coordinator that called, by the authority that it dialled; empty for any other caller
 * @param receipt the receipt of an earlier branch in the request; empty for none
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
    /** Returns whether a coordinator called, and not a client that tries a branch itself. */
    public boolean isFromCoordinator() {
        return !caller.isEmpty();
    }
}
