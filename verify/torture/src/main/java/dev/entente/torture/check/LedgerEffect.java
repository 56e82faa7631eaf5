package dev.entente.torture.check;

/**
 * The effect of a call: a row that the participant committed together with the work.
 *
 * @param number of the row, growing within one ledger; within one branch in the order of the work
 * @param at milliseconds since the epoch, by the participant's clock
 * @param cents the amount that the ledger gained
 * @param receipt the receipt in the answer
 */
public record LedgerEffect(
        String ledger,
        long number,
        long at,
        String gid,
        String branch,
        String op,
        int attempt,
        long fence,
        long cents,
        String receipt) {}
