package dev.entente.lab.scenario;

/**
 * The fate of the transactions that were open when the coordinator was killed.
 *
 * @param openAtKill rows in the coordinator's database right after the kill
 * @param finished how many of all accepted ones ended
 * @param lost accepted ones that neither ended nor stand parked
 * @param contradictions ones whose effects are not those of their end
 */
public record Recovery(long openAtKill, long finished, long lost, long contradictions) {
    public static final Recovery NONE = new Recovery(0, 0, 0, 0);
}
