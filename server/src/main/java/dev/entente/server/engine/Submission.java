package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.server.transaction.Plan;

/**
 * A checked plan to be accepted.
 *
 * @param encodedPlan as it is stored
 * @param digest 32 bytes over what the client sent
 * @param begins whether the client decides later (BEGUN) instead of the coordinator at once
 */
public record Submission(String gid, Plan plan, ByteString encodedPlan, ByteString digest, boolean begins) {}
