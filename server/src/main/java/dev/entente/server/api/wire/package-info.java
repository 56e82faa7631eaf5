/**
 * The way of a call before a service sees it, and of its refusal. A gate stands until the coordinator serves, requests
 * come out of their bytes, errors become statuses with details. It must never know a service. Open {@link
 * dev.entente.server.api.wire.Errors} first.
 */
@NullMarked
package dev.entente.server.api.wire;

import org.jspecify.annotations.NullMarked;
