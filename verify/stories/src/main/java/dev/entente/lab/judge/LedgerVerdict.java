package dev.entente.lab.judge;

import java.util.List;

/**
 * The findings of the judge.
 *
 * @param lost accepted transactions that neither ended nor stand parked
 * @param contradictions transactions whose effects are not those of their end
 * @param duplicateEffects effects beyond the first of one branch's operation
 * @param findings a sentence each
 */
public record LedgerVerdict(long lost, long contradictions, long duplicateEffects, List<String> findings) {
    public boolean clean() {
        return lost == 0 && contradictions == 0 && duplicateEffects == 0;
    }
}
