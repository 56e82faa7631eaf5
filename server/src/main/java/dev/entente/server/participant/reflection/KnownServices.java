package dev.entente.server.participant.reflection;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers participants' services: their descriptors, or why there are none. Bounded; what does not fit is forgotten,
 * and asked for again. Thread-safe; nothing blocks.
 */
public final class KnownServices {
    private static final int MAX_SERVICES = 1_000;
    /** Descriptors of all services together: some hundred bytes each. */
    private static final int MAX_ELEMENTS = 500_000;

    private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final long MOMENT_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** One service. */
    public sealed interface Known {
        /** Returns when it was learned, by the monotonic clock. */
        long sinceNanos();

        /** It is described. */
        record Files(DescriptorFiles files, long sinceNanos) implements Known {}

        /** Nobody describes it, for that reason. */
        record Nothing(String why, long sinceNanos) implements Known {}
    }

    private final LongSupplier nanos;
    private final Map<String, Known.Files> described = new ConcurrentHashMap<>();
    /** Apart from the others: whoever submits plans may name services without end. */
    private final Map<String, Known.Nothing> undescribed = new ConcurrentHashMap<>();

    /** Descriptors of all described services; under this object's lock. */
    private long elements;

    /** @param nanos the monotonic clock */
    public KnownServices(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Returns the latest knowledge of a service, however old; null where nobody asked yet. */
    public @Nullable Known get(String service) {
        Known nothing = undescribed.get(service);
        return nothing != null ? nothing : described.get(service);
    }

    /** Tells whether none is described. */
    public boolean isEmpty() {
        return described.isEmpty();
    }

    /** Tells whether that still answers for a method: one that is known does for minutes, what is not, for a moment. */
    public boolean answers(Known what, String method) {
        boolean isFound = what instanceof Known.Files found
                && found.files().method(method).isPresent();
        return nanos.getAsLong() - what.sinceNanos() < (isFound ? KEPT_NANOS : MOMENT_NANOS);
    }

    /** Remembers its descriptors. */
    public synchronized Known learned(String service, DescriptorFiles files) {
        if (described.size() >= MAX_SERVICES || elements + files.elements() > MAX_ELEMENTS) {
            described.clear();
            elements = 0;
        }
        Known.Files now = new Known.Files(files, nanos.getAsLong());
        forget(described.put(service, now));
        elements += files.elements();
        undescribed.remove(service);
        return now;
    }

    /** Remembers why it has none. */
    public synchronized Known learnedNothing(String service, String why) {
        if (undescribed.size() >= MAX_SERVICES) {
            undescribed.clear();
        }
        Known.Nothing now = new Known.Nothing(why, nanos.getAsLong());
        undescribed.put(service, now);
        forget(described.remove(service));
        return now;
    }

    private void forget(Known.@Nullable Files before) {
        if (before != null) {
            elements -= before.files().elements();
        }
    }
}
