package dev.entente.server.api;

import dev.entente.server.plan.Limits;
import java.time.Duration;
import java.util.Set;

/**
 * The limits of the services.
 *
 * @param retention how long finished transactions are known
 * @param maxWaiting clients that wait or watch at one time
 * @param maxQueries translations and acts on many under way at one time, and lists and counts beside them
 * @param paging of every list
 * @param approvesOnExpiry whether a plan may say that nobody's answer is a yes
 * @param twoPersons which acts need a second person
 */
public record ApiLimits(
        Limits limits,
        Duration retention,
        int maxWaiting,
        int maxQueries,
        Paging paging,
        boolean approvesOnExpiry,
        TwoPersons twoPersons) {

    /**
     * The acts that one person asks for and another confirms.
     *
     * @param acts their names, of {@link #KNOWN}
     * @param requestFor how long a request can be confirmed
     */
    public record TwoPersons(Set<String> acts, Duration requestFor) {
        /** The acts that may need a second person: they cannot be taken back. */
        public static final Set<String> KNOWN = Set.of("force-finish", "resolve", OperatorView.RECOVER);

        /** No act needs one. */
        public static final TwoPersons NONE = new TwoPersons(Set.of(), Duration.ofHours(1));

        boolean concerns(String act) {
            return acts.contains(act);
        }
    }
}
