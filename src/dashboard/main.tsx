import { render } from 'preact'
import { Dashboard } from './dashboard.tsx'
import './style/base.css'
import './style/frame.css'
import './style/table.css'
import './style/parts.css'
import './style/measures.css'
import './style/stage-form.css'
import './style/example.css'
import './style/group.css'
import './style/rollout.css'
import './style/narrow-operations.css'
import './style/narrow.css'

const root = document.getElementById('app')
if (root !== null) render(<Dashboard />, root)
