package dev.entente.client;

import dev.entente.wire.ErrorDetails;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How the attempts of one call ended so far. Immutable.
 *
 * @param tried by address, in the order of their first attempts
 * @param isEarlierInDoubt whether what became of an attempt before the last is unknown
 * @param isLastInDoubt whether what became of the last one is
 */
record AttemptHistory(List<TriedCoordinator> tried, boolean isEarlierInDoubt, boolean isLastInDoubt) {
    static final AttemptHistory NONE = new AttemptHistory(List.of(), false, false);

    /**
     * Adds an attempt that failed.
     *
     * @param isSent whether anything of it may have left
     */
    AttemptHistory plus(String address, boolean isSent, ErrorDetails answer, Throwable thrown) {
        TriedCoordinator last = new TriedCoordinator(address, 1, LinkFailure.describe(answer, thrown, isSent), isSent);
        List<TriedCoordinator> all = new ArrayList<>(tried);
        int known = tried.stream().map(TriedCoordinator::address).toList().indexOf(address);
        if (known < 0) {
            all.add(last);
        } else {
            all.set(known, tried.get(known).again(last));
        }
        return new AttemptHistory(List.copyOf(all), isInDoubt(), isSent && !answer.isFromEntente());
    }

    /** The same, where the next attempt could not be made: all that there were are earlier ones. */
    AttemptHistory withoutNext() {
        return new AttemptHistory(tried, isInDoubt(), false);
    }

    /** Tells whether what became of any attempt is unknown, for it may have left and no coordinator answered it. */
    boolean isInDoubt() {
        return isEarlierInDoubt || isLastInDoubt;
    }

    /** Tells whether it is certain that nothing left. */
    boolean isUnsent() {
        return !tried.isEmpty() && tried.stream().noneMatch(TriedCoordinator::isSent);
    }

    /** One phrase for each address. */
    String describe() {
        return tried.stream().map(TriedCoordinator::describe).collect(Collectors.joining("; "));
    }
}
