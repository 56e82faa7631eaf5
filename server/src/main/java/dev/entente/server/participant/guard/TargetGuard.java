package dev.entente.server.participant.guard;

import dev.entente.core.plan.HttpHeaders;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Target;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides which participants may be called: those configured by name, and {@code host:port} where the allow-list
 * permits. Without it any submitter could make the coordinator call anything in its network. Immutable.
 */
public final class TargetGuard {
    private final Set<String> names;
    /** The headers that plans may send to each, beside the standard ones. */
    private final Map<String, Set<String>> http;

    /** The brokers, each with the topics that plans may write to; an asterisk stands for any further characters. */
    private final Map<String, List<String>> brokers;

    private final List<String> allowed;

    /**
     * @param names the configured participants
     * @param allowed entries {@code host:port}; the port may be {@code *}, and the host may begin with {@code *.} for
     *     every name below a domain, or be {@code *} for all
     */
    public TargetGuard(Set<String> names, List<String> allowed) {
        this(names, Map.of(), Map.of(), allowed);
    }

    /**
     * With participants of every kind.
     *
     * @param names of those that are called over gRPC
     * @param http those that are called over HTTP, each with the headers, in lower case, that plans may send to it
     *     beside {@link HttpHeaders#STANDARD}
     * @param brokers each with the topics that plans may write to: names, or beginnings of names with an asterisk
     */
    public TargetGuard(
            Set<String> names, Map<String, Set<String>> http, Map<String, List<String>> brokers, List<String> allowed) {
        this.names = Set.copyOf(names);
        this.http = Map.copyOf(http);
        this.brokers = Map.copyOf(brokers);
        this.allowed = List.copyOf(allowed);
    }

    /**
     * Why that target may not be called, or null if it may. Of a name that it must look up, only the address can tell
     * in the end.
     */
    public @Nullable Refusal refusal(Target target) {
        return switch (target) {
            case Target.Grpc grpc -> refusal(grpc.participant());
            case Target.Http http -> httpRefusal(http.participant());
            case Target.Kafka kafka -> kafkaRefusal(kafka);
        };
    }

    /** Why that participant may not be called over gRPC, or null if it may. */
    public @Nullable Refusal refusal(String participant) {
        if (http.containsKey(participant)) {
            return Refusal.of(
                    ErrorCode.PARTICIPANT_UNKNOWN,
                    "participant '%s' is called over HTTP; write http: {participant: %s, path: /…}"
                            .formatted(participant, participant));
        }
        return brokers.containsKey(participant) ? isBroker(participant) : refusal(participant, names, "");
    }

    private static Refusal isBroker(String participant) {
        return Refusal.of(
                ErrorCode.PARTICIPANT_UNKNOWN,
                "participant '%s' is a broker; write kafka: {connector: %s, topic: …}"
                        .formatted(participant, participant));
    }

    /** Why that record may not be sent, or null if it may. Brokers are configured, each by its name. */
    private @Nullable Refusal kafkaRefusal(Target.Kafka record) {
        if (!brokers.containsKey(record.participant())) {
            return Refusal.of(
                    ErrorCode.PARTICIPANT_UNKNOWN,
                    "'%s' is no configured broker; add participants.NAME.target: kafka://host:port%s"
                            .formatted(record.participant(), others(brokers.keySet())));
        }
        return isTopicOf(record) ? null : Refusal.of(ErrorCode.TARGET_NOT_ALLOWED, notATopic(record));
    }

    /** Tells whether plans may write to that topic, as its broker is configured. */
    public boolean isTopicOf(Target.Kafka record) {
        return brokers.getOrDefault(record.participant(), List.of()).stream()
                .anyMatch(entry -> entry.endsWith("*")
                        ? record.topic().startsWith(entry.substring(0, entry.length() - 1))
                        : record.topic().equals(entry));
    }

    public static String notATopic(Target.Kafka record) {
        return "plans may not write to topic '%s'; add it to participants.%s.topics"
                .formatted(record.topic(), record.participant());
    }

    /** Why that participant may not be called over HTTP, or null if it may. */
    @Nullable
    public Refusal httpRefusal(String participant) {
        if (names.contains(participant)) {
            return Refusal.of(
                    ErrorCode.PARTICIPANT_UNKNOWN,
                    ("participant '%s' is called over gRPC; write grpc: %s/package.Service/Method, "
                                    + "or add another one with participants.NAME.target: http://host:port")
                            .formatted(participant, participant));
        }
        return brokers.containsKey(participant)
                ? isBroker(participant)
                : refusal(participant, http.keySet(), ": http://host:port");
    }

    /** Returns the headers of that call which its participant takes from no plan, as they were written. */
    public List<String> refusedHeaders(Target target) {
        if (!(target instanceof Target.Http call)) {
            return List.of();
        }
        return call.headers().keySet().stream()
                .filter(name -> !HttpHeaders.isReserved(name)) // told already, and no setting allows it
                .filter(name -> !isTaken(call.participant(), name))
                .sorted()
                .toList();
    }

    /** Returns a header of that call that its participant takes from no plan, as it is configured now; else null. */
    @Nullable
    public String untakenHeader(Target.Http call) {
        for (String name : call.headers().keySet()) {
            if (HttpHeaders.isReserved(name) || !isTaken(call.participant(), name)) {
                return name;
            }
        }
        return null;
    }

    private boolean isTaken(String participant, String header) {
        String plain = HttpHeaders.plain(header);
        return HttpHeaders.STANDARD.contains(plain)
                || http.getOrDefault(participant, Set.of()).contains(plain);
    }

    /** Tells whether any participant may be called that is not configured. */
    public boolean allowsAddresses() {
        return !allowed.isEmpty();
    }

    /** Tells whether an entry names the host of that target itself, and not by a wildcard. */
    boolean names(String target) {
        return allowed.stream().anyMatch(entry -> !entry.startsWith("*") && permits(entry, target));
    }

    private @Nullable Refusal refusal(String participant, Set<String> configured, String form) {
        if (configured.contains(participant)) {
            return null;
        }
        HostPort address = HostPort.of(participant);
        if (address == null) {
            return Refusal.of(
                    ErrorCode.PARTICIPANT_UNKNOWN,
                    isNoName(participant)
                            ? "participant '%s' is neither a configured name nor host:port%s"
                                    .formatted(participant, others(configured))
                            : "participant '%s' is not configured; add participants.%s.target%s%s"
                                    .formatted(participant, participant, form, others(configured)));
        }
        if (!address.isPlain()) {
            return Refusal.of(
                    ErrorCode.TARGET_NOT_ALLOWED,
                    ("target '%s' has a host in no plain spelling; write a name such as shop.example, an IPv4 address"
                                    + " of four decimal numbers, or an IPv6 address in brackets")
                            .formatted(participant));
        }
        if (allowed.stream().noneMatch(entry -> permits(entry, participant))) {
            return Refusal.of(
                    ErrorCode.TARGET_NOT_ALLOWED,
                    "target '%s' is not on the allow-list; configure it as a participant or add it to targets.allow"
                            .formatted(participant));
        }
        return null;
    }

    /** Tells whether nobody could configure a participant of that name. */
    private static boolean isNoName(String participant) {
        return participant.indexOf(':') >= 0 || participant.indexOf('/') >= 0;
    }

    private static String others(Set<String> names) {
        return names.isEmpty()
                ? "; there is none at all yet"
                : " or use one of: " + String.join(", ", new TreeSet<>(names));
    }

    private static boolean permits(String entry, String target) {
        int colon = entry.lastIndexOf(':');
        if (colon < 0) {
            return false;
        }
        String host = target.substring(0, target.lastIndexOf(':'));
        String port = target.substring(target.lastIndexOf(':') + 1);
        String allowedPort = entry.substring(colon + 1);
        return hostPermitted(entry.substring(0, colon), host) && (allowedPort.equals("*") || allowedPort.equals(port));
    }

    private static boolean hostPermitted(String allowed, String host) {
        if (allowed.equals("*")) {
            return true;
        }
        if (allowed.startsWith("*.")) {
            String suffix = allowed.substring(1);
            return host.length() > suffix.length()
                    && host.regionMatches(true, host.length() - suffix.length(), suffix, 0, suffix.length());
        }
        return allowed.equalsIgnoreCase(host);
    }
}
