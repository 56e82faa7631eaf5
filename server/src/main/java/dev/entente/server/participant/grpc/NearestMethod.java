package dev.entente.server.participant.grpc;

import com.google.protobuf.Descriptors.DescriptorValidationException;
import dev.entente.core.plan.Nearest;
import dev.entente.server.participant.reflection.DescriptorFiles;
import io.grpc.StatusException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Names the method that a caller may have meant who named one that its participant does not serve. It looks in the
 * descriptor set, else asks the reflection. Each method is asked about once a minute at most. Thread-safe; nothing
 * blocks.
 */
final class NearestMethod {
    private static final int MAX_KEPT = 100;
    private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(1);
    /** The seconds that the answer to a call is held back for this look-up at most. */
    private static final long PATIENCE_SECONDS = 3;

    private final GrpcParticipant participant;
    private final Map<String, Asked> asked = new ConcurrentHashMap<>();

    private record Asked(CompletableFuture<String> hint, long sinceNanos) {}

    NearestMethod(GrpcParticipant participant) {
        this.participant = participant;
    }

    /** Tells {@code "; did you mean x.Service/Method?"}, or nothing where nobody knows better, on any thread. */
    void hint(String method, Consumer<String> told) {
        long now = System.nanoTime();
        asked.values().removeIf(one -> now - one.sinceNanos() >= KEPT_NANOS);
        if (asked.size() >= MAX_KEPT && !asked.containsKey(method)) {
            told.accept("");
            return;
        }
        Asked one = asked.computeIfAbsent(method, same -> new Asked(look(same), now));
        var _ = one.hint().thenAccept(told);
    }

    private CompletableFuture<String> look(String method) {
        CompletableFuture<String> hint = new CompletableFuture<>();
        Thread.ofVirtual().name("entente-nearest-method").start(() -> {
            try {
                String nearest = nearest(method);
                hint.complete(nearest == null ? "" : "; did you mean " + nearest + "?");
            } catch (StatusException | IOException | DescriptorValidationException nobodyTells) {
                hint.complete("");
            } catch (RuntimeException | Error defect) {
                participant.caught();
                hint.complete("");
            }
        });
        return hint.completeOnTimeout("", PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private @Nullable String nearest(String method) throws StatusException, IOException, DescriptorValidationException {
        Path file = participant.config().descriptorSet();
        List<String> known = file != null ? DescriptorFiles.read(file).methods() : reflected(method);
        return known.contains(method) ? null : Nearest.to(method, known);
    }

    /** Those of the service, or of the one whose name is nearest. */
    private List<String> reflected(String method) throws StatusException, IOException, DescriptorValidationException {
        int slash = method.indexOf('/');
        String service = slash < 0 ? method : method.substring(0, slash);
        return participant.reflection().ask(look -> {
            String nearest = Nearest.to(service, look.services());
            return nearest == null ? List.of() : look.filesOf(nearest).methodsOf(nearest);
        });
    }
}
