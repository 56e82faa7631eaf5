package dev.entente.simulation.drawing;

import dev.entente.v1.Plan;

/**
 * The plan of one client.
 *
 * @param client from 0 to {@code Scene#mostClients()} - 1
 * @param kind what the client does with it
 */
public record ClientPlan(int client, PlanMaker.Kind kind, Plan plan) {}
