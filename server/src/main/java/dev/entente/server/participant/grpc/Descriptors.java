package dev.entente.server.participant.grpc;

import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.entente.core.plan.Nearest;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Target;
import dev.entente.server.participant.reflection.DescriptorFiles;
import dev.entente.server.participant.reflection.Look;
import dev.entente.server.participant.reflection.Methods;
import dev.entente.server.participant.reflection.Reflection;
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
 * The types of participants' methods, for those who write JSON: from the participant's descriptor-set file where one is
 * configured, else from its reflection. Found ones are kept for five minutes, for a participant may be replaced by a
 * newer one; and beyond that while it cannot be reached. One that cannot be reached is left alone for some seconds, for
 * a plan asks for many methods and each would wait anew; and one that has nothing to tell, for a moment. Those who ask
 * while another asks have their answer from that one. Bounded: what does not fit is forgotten, and asked for again.
 * Thread-safe; every method may block for some seconds, so call it on a virtual thread.
 */
public final class Descriptors implements Methods {
    /** Services of each sort, and participants that are left alone. */
    private static final int MAX_KEPT = 1_000;
    /** Descriptors of all services together: some hundred bytes each. */
    private static final int MAX_ELEMENTS = 500_000;

    private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final long MOMENT_NANOS = TimeUnit.SECONDS.toNanos(2);
    /**
     * How long one that cannot be reached is left alone, and up to a fifth more. No shorter than an attempt to reach
     * it.
     */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final GrpcParticipants participants;
    private final LongSupplier nanos;
    private final boolean knowsFiles;

    /** By participant and service. */
    private final Map<String, Known> described = new ConcurrentHashMap<>();
    /** Apart from the others: whoever submits plans may name services without end. */
    private final Map<String, Known> undescribed = new ConcurrentHashMap<>();
    /** Until when, by participant. */
    private final Map<String, Long> leftAlone = new ConcurrentHashMap<>();

    /**
     * The knowledge of a service.
     *
     * @param files null where nobody describes it
     * @param why nobody does
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

        /** The end of a sentence that names a method which it lacks. */
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
        this.knowsFiles = participants.haveDescriptorSets();
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

    /**
     * The method and its types.
     *
     * @throws Refusal ENT-024 where nobody tells them, which says why and names the ways out, and is worth asking again
     *     where the participant could not be reached; ENT-014 or ENT-015 where that participant may not be called
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

    /** Tells whether what is known of that service speaks against the method. Quick: nobody is asked. */
    @Override
    public boolean isDoubtful(Target.Grpc target) {
        Known what = known(target);
        if (what != null && what.files() != null) {
            return what.lacks(target);
        }
        boolean isUnknown = what == null || !answers(what, target);
        return isUnknown && participants.hasDescriptorSet(target.participant());
    }

    /** Tells whether any method can be doubtful. */
    @Override
    public boolean knowsAny() {
        return knowsFiles || !described.isEmpty();
    }

    /**
     * Why the participant serves no such method, by what it says now: the service is described, and lacks it. Null
     * where that is not so, or nobody can tell. Asks only about a method that {@link #isDoubtful}.
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
        } catch (Refusal nobodyTells) {
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

    /** The latest knowledge of its service, however old; null where nobody asked yet. */
    private @Nullable Known known(Target.Grpc target) {
        Known nothing = undescribed.get(serviceOf(target));
        return nothing != null ? nothing : described.get(serviceOf(target));
    }

    /** Tells whether that still answers for a method: one that is known does for minutes, what is not, for a moment. */
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
        leftAlone.remove(target.participant());
        return now;
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
        if (leftAlone.size() >= MAX_KEPT) {
            leftAlone.clear();
        }
        leftAlone.put(participant, afterPause());
    }

    private long afterPause() {
        long pause = PAUSE.toNanos();
        return nanos.getAsLong() + pause + ThreadLocalRandom.current().nextLong(pause / 5);
    }

    /**
     * Has the participant asked, or its file read, unless somebody else has done so since this call began. Null where
     * it cannot be reached.
     *
     * @throws Refusal where it may not be asked, or not now
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
                    : participant.reflection().ask(look -> reflected(look, target, beganNanos));
        } catch (Look.Exceeded e) {
            return learned(target, null, e.why());
        } catch (Reflection.Crowded e) {
            throw Refusal.temporary(
                    ErrorCode.NO_DESCRIPTORS, message(target, "many others ask it at this moment; ask again"), PAUSE);
        } catch (StatusException e) {
            if (Context.current().isCancelled()) {
                throw away(target); // nobody listens any more, and nothing is known of the participant
            }
            if (GrpcParticipant.isAway(e)) {
                leaveAlone(target.participant());
                return null;
            }
            return learned(target, null, why(e.getStatus().getCode()));
        } catch (IOException e) {
            return learned(target, null, "its descriptor set " + file + " cannot be read (" + e.getMessage() + ")");
        } catch (DescriptorValidationException e) {
            return learned(target, null, "its descriptors contradict themselves (" + e.getMessage() + ")");
        }
    }

    private Known reflected(Look look, Target.Grpc target, long beganNanos)
            throws StatusException, DescriptorValidationException {
        Known meanwhile = known(target);
        return meanwhile != null && meanwhile.sinceNanos() - beganNanos > 0
                ? meanwhile
                : learned(target, look.filesOf(serviceName(target)), "");
    }

    private static MethodDescriptor methodOf(@Nullable Known what, Target.Grpc target) {
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
            throw none(target, target.method() + " is a streaming method; only unary ones can be called");
        }
        return method;
    }

    private static String why(Status.Code code) {
        return code == Status.Code.UNIMPLEMENTED
                ? "it does not offer reflection"
                : code == Status.Code.NOT_FOUND ? "its reflection does not know it" : "its reflection answers " + code;
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
