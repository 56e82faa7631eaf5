package dev.entente.server.participant.guard;

import dev.entente.core.plan.HttpHeaders;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Target;
import dev.entente.server.participant.ParticipantConfig;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides which participants may be called: configured names, and each {@code host:port} that the allow-list permits.
 * Otherwise any submitter could make the coordinator call any address in its network. If a coordinator accepts
 * announcements, participants of its own machine are added at runtime. Thread-safe.
 */
public final class TargetGuard {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,127}");

    private final Map<String, ParticipantConfig> configured;
    private final List<String> allowed;
    private final Set<String> removed = ConcurrentHashMap.newKeySet();
    private volatile boolean takesAnnouncements;

    /**
     * @param configured participants of every kind
     * @param allowed entries {@code host:port}; the port may be {@code *}; the host may be {@code *} for all names, or
     *     begin with {@code *.} for every name below a domain
     */
    public TargetGuard(Collection<ParticipantConfig> configured, List<String> allowed) {
        this.configured = new ConcurrentHashMap<>(
                configured.stream().collect(Collectors.toMap(ParticipantConfig::name, Function.identity())));
        this.allowed = List.copyOf(allowed);
    }

    /** Allows participants to announce themselves from now on. */
    public void takeAnnouncements() {
        takesAnnouncements = true;
    }

    /** Permits calls to a participant that has announced itself, or was added to the configuration. */
    public void permit(ParticipantConfig config) {
        configured.put(config.name(), config);
        removed.remove(config.name());
    }

    /** Stores that a participant was removed from the configuration. Its calls wait from now on. */
    public void remove(String participant) {
        removed.add(participant);
        configured.remove(participant);
    }

    /** Returns whether calls wait for a participant with this name: it was removed, or may still announce itself. */
    public boolean awaits(String participant) {
        return removed.contains(participant) || awaitsAnnouncement(participant);
    }

    /** Returns whether a participant with this name may still announce itself, as after a coordinator's restart. */
    public boolean awaitsAnnouncement(String participant) {
        return takesAnnouncements && !configured.containsKey(participant) && isName(participant);
    }

    /**
     * Returns why a target must not be called; null if it may be called. A host name is checked again after its
     * resolution.
     */
    public @Nullable Refusal refusal(Target target) {
        return switch (target) {
            case Target.Grpc grpc -> refusal(grpc.participant());
            case Target.Http http -> httpRefusal(http.participant());
            case Target.Kafka kafka -> {
                Refusal unknown = brokerRefusal(kafka.participant());
                yield unknown != null || isTopicOf(kafka)
                        ? unknown
                        : Refusal.of(ErrorCode.TARGET_NOT_ALLOWED, notATopic(kafka));
            }
        };
    }

    /** Returns why a participant must not be called over gRPC; null if it may be called. */
    public @Nullable Refusal refusal(String participant) {
        return refusal(participant, ParticipantConfig::isGrpc, "");
    }

    /** Returns why a participant must not be called over HTTP; null if it may be called. */
    public @Nullable Refusal httpRefusal(String participant) {
        return refusal(participant, ParticipantConfig::isHttp, ": http://host:port");
    }

    /** Returns why a participant must not be probed; null if it may be. Each configured participant may be probed. */
    public @Nullable Refusal probeRefusal(String participant) {
        return refusal(participant, _ -> true, "");
    }

    /** Returns why a participant accepts no records, or null if it is a broker. Each broker is configured by name. */
    public @Nullable Refusal brokerRefusal(String participant) {
        ParticipantConfig known = configured.get(participant);
        return known != null && known.broker() != null
                ? null
                : Refusal.of(
                        ErrorCode.PARTICIPANT_UNKNOWN,
                        "'%s' is not a configured broker; add participants.NAME.target: kafka://host:port%s"
                                .formatted(participant, others(config -> config.broker() != null)));
    }

    /**
     * Returns why a call must not be sent although its plan or subscription was accepted; null if it may be sent. The
     * configuration may have changed since.
     */
    public @Nullable String untaken(Target target) {
        return switch (target) {
            case Target.Grpc _ -> null;
            case Target.Http http -> {
                String header = untakenHeader(http);
                yield header == null
                        ? null
                        : ("participant '%s' no longer accepts the header %s from a plan; add the header to"
                                        + " participants.%s.headers")
                                .formatted(http.participant(), HttpHeaders.shown(header), http.participant());
            }
            case Target.Kafka kafka -> isTopicOf(kafka) ? null : notATopic(kafka);
        };
    }

    /** Returns whether the broker's configuration allows plans to write to a topic. */
    private boolean isTopicOf(Target.Kafka record) {
        ParticipantConfig known = configured.get(record.participant());
        List<String> topics = known == null || known.broker() == null
                ? List.of()
                : known.broker().topics();
        return topics.stream()
                .anyMatch(entry -> entry.endsWith("*")
                        ? record.topic().startsWith(entry.substring(0, entry.length() - 1))
                        : record.topic().equals(entry));
    }

    private static String notATopic(Target.Kafka record) {
        return "plans must not write to topic '%s'; add the topic to participants.%s.topics"
                .formatted(record.topic(), record.participant());
    }

    /** Returns the headers of a call that its participant does not accept from plans, in their original spelling. */
    public List<String> refusedHeaders(Target target) {
        if (!(target instanceof Target.Http call)) {
            return List.of();
        }
        return call.headers().keySet().stream()
                .filter(name -> !HttpHeaders.isReserved(name)) // reported elsewhere; no setting allows these headers
                .filter(name -> !isTaken(call.participant(), name))
                .sorted()
                .toList();
    }

    /** Returns a header of a call that its participant does not accept from plans; null if there is none. */
    private @Nullable String untakenHeader(Target.Http call) {
        for (String name : call.headers().keySet()) {
            if (HttpHeaders.isReserved(name) || !isTaken(call.participant(), name)) {
                return name;
            }
        }
        return null;
    }

    private boolean isTaken(String participant, String header) {
        String plain = HttpHeaders.plain(header);
        ParticipantConfig known = configured.get(participant);
        return HttpHeaders.STANDARD.contains(plain)
                || (known != null && known.headers().contains(plain));
    }

    /** Returns whether an entry of the allow-list matches a target, and names the host without a wildcard. */
    boolean names(String target) {
        return allowed.stream().anyMatch(entry -> !entry.startsWith("*") && permits(entry, target));
    }

    private @Nullable Refusal refusal(String participant, Predicate<ParticipantConfig> isOfKind, String form) {
        ParticipantConfig known = configured.get(participant);
        if (known != null) {
            return isOfKind.test(known) ? null : Refusal.of(ErrorCode.PARTICIPANT_UNKNOWN, otherKind(known));
        }
        HostPort address = HostPort.of(participant);
        if (address == null) {
            return Refusal.of(
                    ErrorCode.PARTICIPANT_UNKNOWN,
                    isName(participant)
                            ? "participant '%s' %s%s; add participants.%s.target%s%s"
                                    .formatted(
                                            participant,
                                            removed.contains(participant)
                                                    ? "was removed from the configuration"
                                                    : "is not configured",
                                            takesAnnouncements ? " and has not announced itself" : "",
                                            participant,
                                            form,
                                            others(isOfKind))
                            : "participant '%s' is neither a configured name nor host:port; correct it%s"
                                    .formatted(participant, others(isOfKind)));
        }
        if (!address.isPlain()) {
            return Refusal.of(
                    ErrorCode.TARGET_NOT_ALLOWED,
                    ("target '%s' has a host that is not written plainly; write a name such as shop.example, an IPv4"
                                    + " address of four decimal numbers, or an IPv6 address in brackets")
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

    private static String otherKind(ParticipantConfig known) {
        String said = known.isHttp()
                ? "is called over HTTP; write http: {participant: %s, path: /…}"
                : known.isGrpc()
                        ? "is called over gRPC; write grpc: %s/package.Service/Method, or add another participant with"
                                + " participants.NAME.target: http://host:port"
                        : "is a broker; write kafka: {connector: %s, topic: …}";
        return "participant '" + known.name() + "' " + said.formatted(known.name());
    }

    /** Returns whether a text is valid as the name of a configured participant. */
    public static boolean isName(String participant) {
        return NAME.matcher(participant).matches();
    }

    private String others(Predicate<ParticipantConfig> isOfKind) {
        String names = configured.values().stream()
                .filter(isOfKind)
                .map(ParticipantConfig::name)
                .sorted()
                .collect(Collectors.joining(", "));
        return names.isEmpty() ? "" : " or use one of: " + names;
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
