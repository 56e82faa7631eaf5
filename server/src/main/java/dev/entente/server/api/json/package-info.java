/**
 * JSON bodies between clients and participants: translated into the bytes that a plan is stored with, and back for
 * answers. It may use participants' descriptors and the nouns. It must never know the services' own RPCs. Open {@link
 * dev.entente.server.api.json.JsonPayloads} first.
 */
@NullMarked
package dev.entente.server.api.json;

import org.jspecify.annotations.NullMarked;
