# The entries of this child of a Batchwright run, a JSON object a line: read_entries | while read -r entry; do …; done. Needs the AWS CLI.
read_entries() {
  local path=${BATCHWRIGHT_ENTRIES#s3://} pack=${BATCHWRIGHT_PACK:-1} file
  local first=$((${AWS_BATCH_JOB_ARRAY_INDEX:-0} * pack * BATCHWRIGHT_STRIDE))
  file=$(mktemp) || return
  aws s3api get-object --bucket "${path%%/*}" --key "${path#*/}" \
    --range "bytes=$first-$((first + pack * BATCHWRIGHT_STRIDE - 1))" "$file" > /dev/null && cat "$file"
  local status=$?
  rm -f "$file"
  return $status
}
