package dev.entente.server.participant;

import java.util.List;

/**
 * The result of a look at one participant.
 *
 * @param isReachable whether anything there speaks gRPC
 * @param hasReflection whether it tells its methods
 * @param methods {@code package.Service/Method}, sorted, without those of reflection itself; empty if it does not tell
 *     them
 * @param error why there is nothing to tell, for people; else empty
 */
public record ProbeResult(
        String name, String address, boolean isReachable, boolean hasReflection, List<String> methods, String error) {}
