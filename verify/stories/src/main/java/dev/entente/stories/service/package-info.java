/**
 * The processes of services with databases of their own, which scenarios start and kill. It may use the client SDK and
 * its integrations. It must never check its own work.
 *
 * <p>Read {@link dev.entente.stories.service.WorkerCommand} first.
 */
@NullMarked
package dev.entente.stories.service;

import org.jspecify.annotations.NullMarked;
