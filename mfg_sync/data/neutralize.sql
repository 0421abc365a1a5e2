-- A copy never talks to a production system: it neither sends, nor fetches, nor serves, nor accepts (docs/architecture.md, promise 6).
-- queue_job has no neutralize.sql of its own, so our pending jobs are ended here.
UPDATE queue_job SET state = 'cancelled'
 WHERE state IN ('pending', 'enqueued', 'wait_dependencies') AND model_name LIKE 'mfg.sync%';
UPDATE mfg_sync_endpoint SET paused = true, environment = 'test', stamp = NULL, url = NULL;
-- keys of the original must not open or sign anything here
DELETE FROM mfg_sync_credential;
DELETE FROM mfg_sync_mark;
DELETE FROM mfg_sync_upload;
DELETE FROM mfg_sync_schedule;
