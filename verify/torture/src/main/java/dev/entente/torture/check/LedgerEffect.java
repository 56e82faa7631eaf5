package dev.entente.torture.check;

/**
 * The effect of a call: a row that its participant committed together with the work.
 *
 * @param number of the row, growing within one ledger; of one branch the order is that of the work
 * @param at milliseconds since the epoch, by the participant's clock
 * @param cents what the books gained with it
 * @param receipt what was answered
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
