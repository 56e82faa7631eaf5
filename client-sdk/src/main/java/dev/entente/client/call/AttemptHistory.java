package dev.entente.client.call;

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
public record AttemptHistory(List<TriedAddress> tried, boolean isEarlierInDoubt, boolean isLastInDoubt) {
    /** The history before the first attempt. */
    public static final AttemptHistory NONE = new AttemptHistory(List.of(), false, false);

    /**
     * Adds an attempt that failed.
     *
     * @param address where it went
     * @param isSent whether anything of it may have left
     */
    public AttemptHistory plus(String address, boolean isSent, ErrorDetails answer, Throwable thrown) {
        String proxy = isSent || answer.isFromEntente() ? "" : ProxyAdvice.of(address);
        TriedAddress last = new TriedAddress(address, 1, LinkFailure.describe(answer, thrown, isSent) + proxy, isSent);
        List<TriedAddress> all = new ArrayList<>(tried);
        int known = tried.stream().map(TriedAddress::address).toList().indexOf(address);
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
    public boolean isInDoubt() {
        return isEarlierInDoubt || isLastInDoubt;
    }

    /** Tells whether it is certain that nothing left. */
    public boolean isUnsent() {
        return !tried.isEmpty() && tried.stream().noneMatch(TriedAddress::isSent);
    }

    /** One phrase for each address. */
    public String describe() {
        return tried.stream().map(TriedAddress::describe).collect(Collectors.joining("; "));
    }
}
