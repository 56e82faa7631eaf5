package dev.entente.server.participant.grpc;

import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.entente.core.plan.Nearest;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Target;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.participant.reflection.DescriptorFiles;
import dev.entente.server.participant.reflection.Methods;
import dev.entente.server.participant.reflection.Reflection;
import dev.entente.server.participant.reflection.ReflectionSession;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The types of participants' methods, for JSON payloads. The source is the configured descriptor-set file, else the
 * participant's reflection. Descriptors are cached for five minutes, because a newer version may replace a participant,
 * and longer while the participant is unreachable. An unreachable participant is not queried for some seconds, because
 * a plan has many methods, and each would wait. A participant without descriptors is not queried for a moment.
 * Concurrent callers share one query. The cache is bounded: entries beyond the limit are dropped and queried again.
 * Thread-safe; every method may block for some seconds, so call it on a virtual thread.
 */
public final class Descriptors implements Methods {
    /** The maximum number of entries per map: services of each kind, and paused participants. */
    private static final int MAX_KEPT = 1_000;
    /** The maximum number of descriptors of all services: some hundred bytes each. */
    private static final int MAX_ELEMENTS = 500_000;

    private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final long MOMENT_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** The length of a pause, plus up to a fifth. At least as long as an attempt to connect. */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final GrpcParticipants participants;
    private final LongSupplier nanos;

    /** The key is participant and service. */
    private final Map<String, Known> described = new ConcurrentHashMap<>();
    /** Separate from the other map, because submitters may name any number of services. */
    private final Map<String, Known> undescribed = new ConcurrentHashMap<>();
    /** The key is the participant. */
    private final Map<String, Pause> pauses = new ConcurrentHashMap<>();

    /** The pause of an unreachable participant, with the reason. */
    private record Pause(long untilNanos, String why) {}

    /**
     * The knowledge about a service.
     *
     * @param files null if there are no descriptors
     * @param why the reason for null
     */
    private record Known(@Nullable DescriptorFiles files, String why, long sinceNanos) {
        @Nullable
        MethodDescriptor method(Target.Grpc target) {
            return files == null ? null : files.method(target.method());
        }

        boolean lacks(Target.Grpc target) {
            return files != null && files.lacks(serviceName(target), target.method());
        }

        int elements() {
            return files == null ? 0 : files.elements();
        }

        /** Returns the end of a sentence about a missing method: a similar name. */
        String meant(Target.Grpc target) {
            String nearest = files == null ? null : Nearest.to(target.method(), files.methods());
            return nearest == null ? "" : "; did you mean " + nearest + "?";
        }
    }

    public Descriptors(GrpcParticipants participants) {
        this(participants, System::nanoTime);
    }

    /** @param nanos the monotonic clock */
    Descriptors(GrpcParticipants participants, LongSupplier nanos) {
        this.participants = participants;
        this.nanos = nanos;
    }

    /** Forgets the types of a participant, whose configuration has changed. */
    public void forget(String participant) {
        described.keySet().removeIf(key -> key.startsWith(participant + "/"));
        undescribed.keySet().removeIf(key -> key.startsWith(participant + "/"));
        pauses.remove(participant);
    }

    /** Reads a descriptor file as a call would. Blocks. @throws IOException that states why the file is invalid */
    public static void check(Path descriptorSet) throws IOException {
        try {
            if (DescriptorFiles.read(descriptorSet).methods().isEmpty()) {
                throw new IOException("it contains no method of a service");
            }
        } catch (DescriptorValidationException contradictory) {
            throw new IOException(contradictory.getMessage(), contradictory);
        }
    }

    /**
     * Returns the method and its types.
     *
     * @throws Refusal ENT-024 if there are no descriptors or they lack the method, with the reason and the remedies;
     *     temporary if the participant is unreachable or too many callers wait; ENT-014 or ENT-015 if the participant
     *     must not be called
     */
    @Override
    public MethodDescriptor require(Target.Grpc target) {
        Known before = known(target);
        if ((before != null && answers(before, target)) || !mayAsk(target.participant())) {
            return methodOf(before, target);
        }
        Known now = asked(target);
        return methodOf(now == null ? before : now, target);
    }

    /** Returns whether the cached knowledge of the service contradicts the method. Quick: sends no query. */
    @Override
    public boolean isDoubtful(Target.Grpc target) {
        Known what = known(target);
        if (what != null && what.files() != null) {
            return what.lacks(target);
        }
        boolean isUnknown = what == null || !answers(what, target);
        return isUnknown && participants.hasDescriptorSet(target.participant());
    }

    /** Returns whether there are known descriptors. Otherwise {@link #isDoubtful} is false for every method. */
    @Override
    public boolean knowsAny() {
        return !described.isEmpty() || participants.haveDescriptorSets();
    }

    /**
     * Returns a refusal if the participant's current descriptors contain the service but lack the method. Null
     * otherwise, or if there are no descriptors. Queries only about a method that {@link #isDoubtful}.
     */
    @Override
    public @Nullable Refusal mistaken(Target.Grpc target) {
        if (participants.find(target.participant()) == null || !isDoubtful(target) || !mayAsk(target.participant())) {
            return null;
        }
        try {
            Known now = asked(target);
            return now != null && now.lacks(target)
                    ? Refusal.of(
                            ErrorCode.MALFORMED,
                            "participant '" + target.participant() + "' has no method " + target.method()
                                    + now.meant(target))
                    : null;
        } catch (Refusal noReflection) {
            return null;
        }
    }

    private static String serviceOf(Target.Grpc target) {
        return target.participant() + "/" + serviceName(target);
    }

    private static String serviceName(Target.Grpc target) {
        int slash = target.method().indexOf('/');
        return slash < 0 ? target.method() : target.method().substring(0, slash);
    }

    /** Returns the latest knowledge of the service, of any age; null before the first query. */
    private @Nullable Known known(Target.Grpc target) {
        Known nothing = undescribed.get(serviceOf(target));
        return nothing != null ? nothing : described.get(serviceOf(target));
    }

    /** Returns whether an entry is still valid: for minutes if it has the method, otherwise for a moment. */
    private boolean answers(Known what, Target.Grpc target) {
        long kept = what.method(target) == null ? MOMENT_NANOS : KEPT_NANOS;
        return nanos.getAsLong() - what.sinceNanos() < kept;
    }

    private synchronized Known learned(Target.Grpc target, @Nullable DescriptorFiles files, String why) {
        Known now = new Known(files, why, nanos.getAsLong());
        Map<String, Known> kept = files == null ? undescribed : described;
        long elements = kept.values().stream().mapToLong(Known::elements).sum();
        if (kept.size() >= MAX_KEPT || elements + now.elements() > MAX_ELEMENTS) {
            kept.clear();
        }
        kept.put(serviceOf(target), now);
        (files == null ? described : undescribed).remove(serviceOf(target));
        pauses.remove(target.participant());
        return now;
    }

    /**
     * Returns whether this caller may query. After a pause one caller may; others are refused until there is a result.
     */
    private boolean mayAsk(String participant) {
        Pause pause = pauses.get(participant);
        return pause == null
                || (nanos.getAsLong() - pause.untilNanos() >= 0
                        && pauses.replace(participant, pause, pauseFromNow(pause.why())));
    }

    private void pause(String participant, StatusException unreachable) {
        if (pauses.size() >= MAX_KEPT) {
            pauses.clear();
        }
        pauses.put(participant, pauseFromNow(VisibleText.of(OutcomeTable.detail(unreachable.getStatus()))));
    }

    private Pause pauseFromNow(String why) {
        long pause = PAUSE.toNanos();
        return new Pause(nanos.getAsLong() + pause + ThreadLocalRandom.current().nextLong(pause / 5), why);
    }

    /**
     * Queries the participant or reads its file, unless another caller has done so since this call began. Null if the
     * participant is unreachable.
     *
     * @throws Refusal if the participant must not be queried, or cannot be queried now
     */
    private @Nullable Known asked(Target.Grpc target) {
        GrpcParticipant participant = participants.find(target.participant());
        if (participant == null) {
            throw participants.refusalOf(target.participant());
        }
        long beganNanos = nanos.getAsLong();
        Path file = participant.config().descriptorSet();
        try {
            return file != null
                    ? learned(target, DescriptorFiles.read(file), "")
                    : participant.reflection().ask(session -> reflected(session, target, beganNanos));
        } catch (ReflectionSession.Exceeded e) {
            return learned(target, null, e.why());
        } catch (Reflection.Crowded e) {
            throw Refusal.temporary(
                    ErrorCode.NO_DESCRIPTORS,
                    message(target, "too many requests for its descriptors are in progress; send the request again"),
                    PAUSE);
        } catch (StatusException e) {
            if (Context.current().isCancelled()) {
                throw away(target); // the caller is gone, and the participant's state is unknown
            }
            if (GrpcParticipant.isAway(e)) {
                pause(target.participant(), e);
                return null;
            }
            return learned(target, null, why(e.getStatus().getCode()));
        } catch (IOException e) {
            return learned(target, null, "its descriptor set " + file + " cannot be read (" + e.getMessage() + ")");
        } catch (DescriptorValidationException e) {
            return learned(target, null, "its descriptors are inconsistent (" + e.getMessage() + ")");
        }
    }

    private Known reflected(ReflectionSession session, Target.Grpc target, long beganNanos)
            throws StatusException, DescriptorValidationException {
        Known meanwhile = known(target);
        return meanwhile != null && meanwhile.sinceNanos() - beganNanos > 0
                ? meanwhile
                : learned(target, session.filesOf(serviceName(target)), "");
    }

    private MethodDescriptor methodOf(@Nullable Known what, Target.Grpc target) {
        if (what == null) {
            throw away(target);
        }
        if (what.files() == null) {
            throw none(target, what.why());
        }
        MethodDescriptor method = what.method(target);
        if (method == null) {
            throw none(target, "it has no method " + target.method() + what.meant(target));
        }
        if (method.isClientStreaming() || method.isServerStreaming()) {
            throw none(target, target.method() + " is a streaming method; only unary methods can be called");
        }
        return method;
    }

    private static String why(Status.Code code) {
        return code == Status.Code.UNIMPLEMENTED
                ? "it does not offer reflection"
                : code == Status.Code.NOT_FOUND
                        ? "its reflection does not know the service"
                        : "its reflection returns " + code;
    }

    private static Refusal none(Target.Grpc target, String why) {
        return Refusal.of(ErrorCode.NO_DESCRIPTORS, message(target, why + "; enable its reflection"));
    }

    private Refusal away(Target.Grpc target) {
        Pause pause = pauses.get(target.participant());
        String why = pause == null ? "" : " (" + pause.why() + ")";
        return Refusal.temporary(
                ErrorCode.NO_DESCRIPTORS,
                message(target, "it cannot be reached" + why + "; send the request again later"),
                PAUSE);
    }

    private static String message(Target.Grpc target, String why) {
        return ("no descriptors of %s at participant '%s': %s, "
                        + "set participants.%s.descriptorSet, or send the body as bytes")
                .formatted(target.method(), target.participant(), why, target.participant());
    }
}
