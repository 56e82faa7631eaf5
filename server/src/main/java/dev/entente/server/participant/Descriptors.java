package dev.entente.server.participant;

import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.entente.server.plan.Nearest;
import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.Refusal;
import dev.entente.server.transaction.Target;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The types of participants' methods, for those who write JSON: from the participant's descriptor-set file where one is
 * configured, else from its reflection. Found ones are kept for five minutes, for a participant may be replaced by a
 * newer one; and beyond that while it cannot be reached. One that cannot be reached is left alone for some seconds, for
 * a plan asks for many methods and each would wait anew. Thread-safe; every method may block for some seconds, so call
 * it on a virtual thread.
 */
public final class Descriptors {
    private static final int MAX_CACHED = 1_000;
    private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(5);
    /**
     * How long one that cannot be reached is left alone, and up to a fifth more. No shorter than an attempt to reach
     * it.
     */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private record Cached(MethodTypes types, long foundNanos) {}

    private final GrpcParticipants participants;
    private final LongSupplier nanos;
    private final Map<Target.Grpc, Cached> cache = new ConcurrentHashMap<>();
    private final boolean knowsFiles;
    /** The methods of services, by participant and service; empty for one that is not described. */
    private final Map<String, Set<String>> described = new ConcurrentHashMap<>();

    /** Until when, by participant. */
    private final Map<String, Long> leftAlone = new ConcurrentHashMap<>();

    public Descriptors(GrpcParticipants participants) {
        this(participants, System::nanoTime);
    }

    /** @param nanos the monotonic clock */
    Descriptors(GrpcParticipants participants, LongSupplier nanos) {
        this.participants = participants;
        this.nanos = nanos;
        this.knowsFiles = participants.haveDescriptorSets();
    }

    /** The types of a method, or empty where nobody tells them. */
    public Optional<MethodTypes> types(Target.Grpc target) {
        try {
            return Optional.of(require(target));
        } catch (Refusal refusal) {
            return Optional.empty();
        }
    }

    /**
     * The types of a method.
     *
     * @throws Refusal ENT-024 where nobody tells them, which says why and names the ways out, and is worth asking again
     *     where the participant could not be reached; ENT-014 or ENT-015 where that participant may not be called
     */
    public MethodTypes require(Target.Grpc target) {
        Cached cached = cache.get(target);
        if (cached != null && nanos.getAsLong() - cached.foundNanos() < KEPT_NANOS) {
            return cached.types();
        }
        if (!mayAsk(target.participant())) {
            return knownStill(cached, target);
        }
        try {
            MethodTypes types = find(target);
            leftAlone.remove(target.participant());
            remember(target, types);
            return types;
        } catch (Refusal answered) {
            leftAlone.remove(target.participant());
            throw answered;
        } catch (StatusException away) {
            leaveAlone(target.participant());
            return knownStill(cached, target);
        }
    }

    /** Tells whether what is known of that service speaks against the method. Quick: nobody is asked. */
    public boolean isDoubtful(Target.Grpc target) {
        Set<String> methods = described.get(serviceOf(target));
        return methods == null
                ? participants.hasDescriptorSet(target.participant())
                : !methods.isEmpty() && !methods.contains(target.method());
    }

    /** Tells whether any method can be doubtful. */
    public boolean knowsAny() {
        return knowsFiles || !described.isEmpty();
    }

    /**
     * Why the participant serves no such method, by what it says now: the service is described, and lacks it. Null
     * where that is not so, or nobody can tell. Asks only about a method that {@link #isDoubtful}.
     */
    public @Nullable Refusal mistaken(Target.Grpc target) {
        GrpcParticipant participant = participants.find(target.participant());
        if (participant == null || !isDoubtful(target) || !mayAsk(target.participant())) {
            return null;
        }
        try {
            DescriptorFiles files = files(participant, target);
            remember(target, files);
            return isDoubtful(target)
                    ? Refusal.of(
                            ErrorCode.MALFORMED,
                            "participant '" + target.participant() + "' has no method " + target.method()
                                    + meant(target, files))
                    : null;
        } catch (StatusException e) {
            if (isAway(e.getStatus())) {
                leaveAlone(target.participant());
            }
            return null;
        } catch (IOException | DescriptorValidationException nobodyTells) {
            return null;
        }
    }

    private void remember(Target.Grpc target, DescriptorFiles files) {
        if (described.size() >= MAX_CACHED) {
            described.clear();
        }
        String service =
                target.method().substring(0, Math.max(0, target.method().indexOf('/')));
        described.put(serviceOf(target), Set.copyOf(files.methodsOf(service)));
    }

    private static String serviceOf(Target.Grpc target) {
        return target.participant() + "/"
                + target.method().substring(0, Math.max(0, target.method().indexOf('/')));
    }

    private void remember(Target.Grpc target, MethodTypes types) {
        if (cache.size() >= MAX_CACHED) {
            cache.clear();
        }
        cache.put(target, new Cached(types, nanos.getAsLong()));
    }

    /**
     * When its pause is over, one caller asks it again; the others are told that it is away until that one knows
     * better.
     */
    private boolean mayAsk(String participant) {
        Long until = leftAlone.get(participant);
        return until == null || (nanos.getAsLong() - until >= 0 && leftAlone.replace(participant, until, afterPause()));
    }

    private void leaveAlone(String participant) {
        if (leftAlone.size() >= MAX_CACHED) {
            leftAlone.clear();
        }
        leftAlone.put(participant, afterPause());
    }

    private long afterPause() {
        long pause = PAUSE.toNanos();
        return nanos.getAsLong() + pause + ThreadLocalRandom.current().nextLong(pause / 5);
    }

    /** Returns the types found earlier, however old, or fails if there are none. */
    private static MethodTypes knownStill(@Nullable Cached cached, Target.Grpc target) {
        if (cached == null) {
            throw away(target);
        }
        return cached.types();
    }

    /** Reads a file of descriptors as a call would. Blocks. @throws IOException that says why it is none */
    public static void check(Path descriptorSet) throws IOException {
        try {
            if (DescriptorFiles.read(descriptorSet).methods().isEmpty()) {
                throw new IOException("it has no method of any service");
            }
        } catch (DescriptorValidationException contradictory) {
            throw new IOException(contradictory.getMessage(), contradictory);
        }
    }

    /** @throws StatusException where it cannot be reached */
    private MethodTypes find(Target.Grpc target) throws StatusException {
        GrpcParticipant participant = participants.find(target.participant());
        if (participant == null) {
            throw participants.refusalOf(target.participant());
        }
        Path file = participant.config().descriptorSet();
        try {
            DescriptorFiles files = files(participant, target);
            remember(target, files);
            return typesOf(files.method(target.method()).orElseThrow(() -> noSuch(target, files)), target);
        } catch (StatusException e) {
            if (isAway(e.getStatus())) {
                throw e;
            }
            throw none(target, why(e.getStatus()));
        } catch (IOException e) {
            throw none(target, "its descriptor set " + file + " cannot be read (" + e.getMessage() + ")");
        } catch (DescriptorValidationException e) {
            throw none(target, "its descriptors contradict themselves (" + e.getMessage() + ")");
        }
    }

    private static DescriptorFiles files(GrpcParticipant participant, Target.Grpc target)
            throws StatusException, IOException, DescriptorValidationException {
        Path file = participant.config().descriptorSet();
        return file != null ? DescriptorFiles.read(file) : reflected(participant, target);
    }

    private static DescriptorFiles reflected(GrpcParticipant participant, Target.Grpc target)
            throws StatusException, DescriptorValidationException {
        int slash = target.method().indexOf('/');
        String service = slash < 0 ? target.method() : target.method().substring(0, slash);
        return new DescriptorFiles(participant.reflection().filesOf(service));
    }

    private static Refusal noSuch(Target.Grpc target, DescriptorFiles files) {
        return none(target, "it has no method " + target.method() + meant(target, files));
    }

    private static String meant(Target.Grpc target, DescriptorFiles files) {
        String nearest = Nearest.to(target.method(), files.methods());
        return nearest == null ? "" : "; did you mean " + nearest + "?";
    }

    private static MethodTypes typesOf(MethodDescriptor method, Target.Grpc target) {
        if (method.isClientStreaming() || method.isServerStreaming()) {
            throw none(target, target.method() + " is a streaming method; only unary ones can be called");
        }
        return new MethodTypes(method.getInputType(), method.getOutputType());
    }

    private static boolean isAway(Status status) {
        return status.getCode() == Status.Code.UNAVAILABLE || status.getCode() == Status.Code.DEADLINE_EXCEEDED;
    }

    private static String why(Status status) {
        return switch (status.getCode()) {
            case UNIMPLEMENTED -> "it does not offer reflection";
            case NOT_FOUND -> "its reflection does not know it";
            case OK,
                    UNAVAILABLE,
                    DEADLINE_EXCEEDED,
                    CANCELLED,
                    UNKNOWN,
                    INVALID_ARGUMENT,
                    ALREADY_EXISTS,
                    PERMISSION_DENIED,
                    RESOURCE_EXHAUSTED,
                    FAILED_PRECONDITION,
                    ABORTED,
                    OUT_OF_RANGE,
                    INTERNAL,
                    DATA_LOSS,
                    UNAUTHENTICATED -> "its reflection answers " + status.getCode();
        };
    }

    private static Refusal none(Target.Grpc target, String why) {
        return Refusal.of(ErrorCode.NO_DESCRIPTORS, message(target, why + "; turn its reflection on"));
    }

    private static Refusal away(Target.Grpc target) {
        return Refusal.temporary(
                ErrorCode.NO_DESCRIPTORS, message(target, "it cannot be reached; send it again later"), PAUSE);
    }

    private static String message(Target.Grpc target, String why) {
        return ("no descriptors of %s at participant '%s': %s, "
                        + "set participants.%s.descriptorSet, or send the body as bytes")
                .formatted(target.method(), target.participant(), why, target.participant());
    }
}
