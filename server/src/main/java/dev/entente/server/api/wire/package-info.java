/**
 * The path of a call before a service sees it, and of its refusal. Refuses calls until the coordinator serves, parses
 * requests, and converts errors to statuses with details. Must never know a service. Read {@link
 * dev.entente.server.api.wire.Errors} first.
 */
@NullMarked
package dev.entente.server.api.wire;

import org.jspecify.annotations.NullMarked;
